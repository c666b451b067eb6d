"""The shell of the JSON API: its document, tokens, and errors as problems (RFC 9457)."""
