"""The built-in painter: a portrait from the drawn features, offline, free and the same on every machine."""
