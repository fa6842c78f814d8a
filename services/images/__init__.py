"""Pictures as bytes: checked, kept, marked with their recipe, and made into smaller ones and sheets."""
