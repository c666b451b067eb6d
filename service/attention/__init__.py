"""Alarms: what the platform's operator or an office's administrator must look at; mailed at once (T8)."""
