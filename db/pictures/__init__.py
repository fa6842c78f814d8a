"""Pictures: those that were made and those that were brought, their files, and pages of them."""
