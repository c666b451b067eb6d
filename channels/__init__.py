"""How messages travel: gateways, inbox, outbox, contacts and the dialogue engine. Knows nothing of procurement."""
