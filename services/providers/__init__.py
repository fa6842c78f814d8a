"""Image providers behind one contract, and the catalogue of their models."""
