"""Characters, their versions, pictures and shares."""
