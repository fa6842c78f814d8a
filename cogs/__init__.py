"""The Discord edge: one file a slash command; files with an underscore are what they share."""
