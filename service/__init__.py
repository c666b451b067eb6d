"""What the offices do: the seven steps of the procedure, who watches them, and how a deployment runs."""
