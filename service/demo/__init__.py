"""The demonstration: one procurement played through the real doors, and a province filled by the real commands."""
