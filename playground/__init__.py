"""Every outside service on this machine, over its real wire."""
