"""gw for Django projects: with "gw_django" in INSTALLED_APPS, `python manage.py rungw` serves the project by gw."""
