"""Who asks: their settings, keys, saved parts and drafts."""
