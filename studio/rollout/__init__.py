"""Which model an endpoint uses: publish, update, refresh, roll back, and policies that do so."""
