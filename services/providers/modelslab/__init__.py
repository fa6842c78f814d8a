"""ModelsLab: portraits that keep the face of a photo, through its ordinary and its enterprise door."""
