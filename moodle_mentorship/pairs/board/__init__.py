"""The board: drafts of the best pairs for the whole school, what people know better, and sending them off."""
