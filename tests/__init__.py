"""Mirrors the packages, plus journeys, house rules, the browser, and stand-ins for what is outside."""
