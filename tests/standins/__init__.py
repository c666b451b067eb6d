"""Stand-ins for what is outside, speaking its real protocol over HTTP."""
