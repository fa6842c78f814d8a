"""A local Discord: gateway, REST, CDN, interactions and people, over the real wire on this machine."""
