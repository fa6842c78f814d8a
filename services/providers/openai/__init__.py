"""OpenAI's images: one synchronous call a picture, up to sixteen references, no seed."""
