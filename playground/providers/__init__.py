"""Stand-ins for the image services: the vendors' own wire, on this machine, with faults that can be scripted."""
