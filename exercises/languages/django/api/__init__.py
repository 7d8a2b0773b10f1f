"""The API: its views, and what belongs to them."""
