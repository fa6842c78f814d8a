"""What Discord refuses: tables of limits, and checks that name every field that breaks one."""
