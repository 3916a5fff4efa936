"""Models with weights: what is known of them, where they lie, and fetching them. Loading them is their users' work."""
