"""The whole service: the real bot process, driven through the local Discord's `/play/` interface only."""
