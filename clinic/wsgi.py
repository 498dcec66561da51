"""WSGI application for the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

application = get_wsgi_application()

# Imported here because it reads the settings and the apps.
from clinic.checks import refuse_to_run  # noqa: E402

refuse_to_run()
