"""What whoever runs the service needs: backups, checks, pauses, figures, alerts."""
