"""The shell of the admin: layout, navigation, form rendering, static files."""
