"""What the offices do: the seven steps of procurement, the hotline, and who watches them."""
