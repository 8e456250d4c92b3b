"""Who may be here: signing in over Google's consent, signing out."""
