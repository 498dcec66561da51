"""The clinic's settings without middleware, permissions and sessions: the floor."""

from clinic.settings import *  # noqa: F403

ROOT_URLCONF = "bench.floor"
# allauth does not start without its own; it only remembers the request.
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
