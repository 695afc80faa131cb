#!/usr/bin/env python3
"""The polls of Django's tutorial, with its admin, and pictures that are uploaded there.

From a clone in which `npm run build` has made gw:

    cd examples/django
    python3 -m venv .venv && .venv/bin/pip install django
    export PYTHONPATH=../../python GW_BIN=../../dist/gw
    .venv/bin/python manage.py migrate
    .venv/bin/python manage.py createsuperuser
    .venv/bin/python manage.py collectstatic --no-input
    .venv/bin/python manage.py rungw --url-alias /media media

With the wheel of gw installed beside Django nothing has to be exported.
"""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
