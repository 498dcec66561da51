"""All settings, in one file. Environment values come through one typed reader, `env`.

docs/settings.md lists what can be set; clinic/checks.py reports wrong settings and says what to
set.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from clinic.redis_config import cache_config, celery_options

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent

#: Settings that were renamed. The old name still works; a system check says so (clinic/checks.py).
RENAMED_SETTINGS = {
    "AUDIT_SEAL_KEYS": "AUDIT_CHAIN_KEYS",
    "AUDIT_YEARS": "AUDIT_RETENTION_YEARS",
    "EMERGENCY_ALARM_AFTER": "EMERGENCY_ALERT_THRESHOLD",
    "PROOF_MINUTES": "REAUTH_MINUTES",
}
OLD_SETTINGS_IN_USE = sorted(set(RENAMED_SETTINGS) & set(env.ENVIRON))
for _old in OLD_SETTINGS_IN_USE:
    env.ENVIRON.setdefault(RENAMED_SETTINGS[_old], env.ENVIRON[_old])

# --- kind of installation ---------------------------------------------------------------------
# "demonstration": `make run` on one machine, loopback only; "production": a clinic's own server.
MODES = ("demonstration", "production")
MODE: str = env.str("MAINSTAY_MODE", default="demonstration")
DEMONSTRATION = MODE == "demonstration"
LOOPBACK_ONLY = DEMONSTRATION
DEBUG = env.bool("DEBUG", default=False)
INSECURE_SECRET_KEY = "demonstration-only-not-a-secret-" + "0" * 32
SECRET_KEY: str = env.str("SECRET_KEY", default=INSECURE_SECRET_KEY)
# Keys of the hash chain: the first key signs, all keys verify. They are kept outside the database.
INSECURE_CHAIN_KEY = "demonstration-only-seal-" + "0" * 32
AUDIT_CHAIN_KEYS: list[str] = env.list("AUDIT_CHAIN_KEYS", default=[INSECURE_CHAIN_KEY])
# Years that audit entries stay in the database; older months go to files (manage.py archive_audit).
AUDIT_RETENTION_YEARS = env.int("AUDIT_RETENTION_YEARS", default=6)
# Encrypted columns (vault/): the first key encrypts, all keys decrypt. The other keys make the
# hashes by which a phone number is found. Both are kept outside the database.
INSECURE_FIELD_KEY = "demonstration-only-field-" + "0" * 32
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS", default=[INSECURE_FIELD_KEY])
INSECURE_BLIND_INDEX_KEY = "demonstration-only-index-" + "0" * 32
BLIND_INDEX_KEYS: list[str] = env.list("BLIND_INDEX_KEYS", default=[INSECURE_BLIND_INDEX_KEY])
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- apps, lowest layer last ------------------------------------------------------------------
INSTALLED_APPS = [
    "clinic.apps.ClinicConfig",
    "api",
    "dashboard",
    "exchange",
    "outcomes",
    "reminders",
    "appointments",
    "dispensary",
    "treatments",
    "patients",
    "access",
    "vault",
    "common",
    "unfold.apps.BasicAppConfig",  # the theme without its own admin site: ours is clinic.admin_site
    "clinic.apps.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",  # only because allauth.mfa does not run without it; it has no page here
    "allauth.mfa",
    "django_htmx",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_standardized_errors",
]

MIDDLEWARE = [
    "clinic.middleware.loopback_middleware.LoopbackOnlyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.middleware.no_store_middleware.NoStoreMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dashboard.middleware.idle_timeout.IdleTimeoutMiddleware",
    "clinic.middleware.read_audit_middleware.ReadAuditMiddleware",
    "clinic.middleware.permission_middleware.PermissionMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context_processors.clinic_context",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- databases and cache ----------------------------------------------------------------------
# manage.py sets DATABASE_URL and REDIS_URL to the embedded servers when they are not set.
DATABASES = {
    "default": env.db_url("DATABASE_URL", default="postgres://mainstay@localhost/mainstay")
}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
# A new connection costs more than most requests do, so connections are kept and checked.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONNECTION_SECONDS", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL: str = env.str("REDIS_URL", default="redis://localhost:6379/0")
# With Sentinels in REDIS_URL: the master's name there, and the Sentinels' own password.
REDIS_MASTER: str = env.str("REDIS_MASTER", default="")
REDIS_SENTINEL_PASSWORD: str = env.str("REDIS_SENTINEL_PASSWORD", default="")
_REDIS = {"master": REDIS_MASTER, "sentinel_password": REDIS_SENTINEL_PASSWORD}
CACHES = {"default": cache_config(REDIS_URL, **_REDIS)}

# --- sign-in ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["access.auth.backends.StaffBackend"]
LOGIN_URL = reverse_lazy("dashboard:sign_in")
LOGIN_REDIRECT_URL = reverse_lazy("dashboard:home")
LOGOUT_REDIRECT_URL = reverse_lazy("dashboard:sign_in")
AUTH_PASSWORD_VALIDATORS = [
    # Length and a blocklist, no composition rules (NIST SP 800-63B-4).
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
# Second factors: allauth's tables and algorithms behind our own pages.
MFA_ADAPTER = "access.auth.mfa_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODE_DIGITS = 10
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# The demonstration signs in with its printed passwords alone; production refuses to.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=not DEMONSTRATION)
# Minutes that a first sign-in by password alone may take to set up a second factor.
FACTOR_GRACE_MINUTES = env.int("FACTOR_GRACE_MINUTES", default=60)
# Minutes that a reauthentication lasts (signing, changing factors, creating tokens).
REAUTH_MINUTES = env.int("REAUTH_MINUTES", default=5)
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", default=12 * 3600)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=15 * 60)
# Days that access lasts after the planned end of care, and hours that an emergency access lasts.
CARE_TEAM_GRACE_DAYS = env.int("CARE_TEAM_GRACE_DAYS", default=14)
# E-mails to the clinic's own staff, through the same mail server as reminders.
STAFF_MAIL = env.bool("STAFF_MAIL", default=not DEMONSTRATION)
EMERGENCY_ACCESS_HOURS = env.int("EMERGENCY_ACCESS_HOURS", default=4)
# From this many emergency accesses by one user within a day the clinical director is told as well;
# a review is overdue after this many days.
EMERGENCY_ALERT_THRESHOLD = env.int("EMERGENCY_ALERT_THRESHOLD", default=3)
EMERGENCY_REVIEW_DAYS = env.int("EMERGENCY_REVIEW_DAYS", default=3)
# Messages for the next page are stored in the session, never in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_NAME = "mainstay_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- transport -------------------------------------------------------------------------------
HTTPS = env.bool("MAINSTAY_HTTPS", default=not DEMONSTRATION)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- language, time, files ---------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = True
TIME_ZONE = env.str("TIME_ZONE", default="America/New_York")
USE_TZ = True
# Dates are written with the month as a word ("30 Nov 2026"), so that it cannot be read as a day.
FORMAT_MODULE_PATH = ["clinic.formats"]

STATIC_URL = "static/"
# Collected when the image is built; the demonstration serves them from the source folders.
STATIC_ROOT = None if DEMONSTRATION else BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    if not DEMONSTRATION
    else {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEMONSTRATION

# --- Celery -----------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
# Must stay above the time limit, or a long task runs twice at once.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    **celery_options(REDIS_URL, **_REDIS),
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A traceback stays whole in the log instead of one warning for each of its lines.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0

# --- reminders --------------------------------------------------------------------------------
# "outbox" stores the text on the reminder's row, where the dashboard shows it, and sends nothing:
# for the demonstration only, because the row then says "sent". "none" skips with that reason.
REMINDER_EMAIL_GATEWAY: str = env.str(
    "REMINDER_EMAIL_GATEWAY", default="outbox" if DEMONSTRATION else "smtp"
)
REMINDER_SMS_GATEWAY: str = env.str(
    "REMINDER_SMS_GATEWAY", default="outbox" if DEMONSTRATION else "none"
)
# The subject line of e-mails, which other people may see.
REMINDER_SUBJECT: str = env.str("REMINDER_SUBJECT", default="Your appointment")
# Messages per second for each gateway, all workers together; 0 means no limit.
REMINDER_SMS_PER_SECOND = env.float(
    "REMINDER_SMS_PER_SECOND", default=1.0 if REMINDER_SMS_GATEWAY == "twilio" else 0.0
)
REMINDER_EMAIL_PER_SECOND = env.float("REMINDER_EMAIL_PER_SECOND", default=0.0)
# https://ACCOUNT:TOKEN@api.twilio.com, and the number or messaging service that sends texts.
SMS_URL: str = env.str("SMS_URL", default="")
SMS_FROM: str = env.str("SMS_FROM", default="")
# The address at which patients' phones and the SMS service reach this clinic.
PUBLIC_URL: str = env.str("PUBLIC_URL", default="").rstrip("/")
# The provider for REMINDER_EMAIL_GATEWAY=anymail: a backend of django-anymail and its settings.
ANYMAIL_BACKEND: str = env.str("ANYMAIL_BACKEND", default="")
ANYMAIL: dict[str, object] = {"REQUESTS_TIMEOUT": (5, 15), **env.json("ANYMAIL", default={})}
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="front-desk@localhost")
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://localhost:25")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10

# --- API -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.framework.permissions.DeclaredPermission"],
    "DEFAULT_SCHEMA_CLASS": "api.framework.openapi_schema.ClinicSchema",
    # OPTIONS would describe every field to anybody; the OpenAPI description is for staff.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "api.framework.errors.exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.framework.parsers.PlainJSONParser"],
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mainstay API",
    "DESCRIPTION": "Case management for clinics that treat opioid use disorder.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["api.framework.permissions.DeclaredPermission"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # A change must carry its `version`, so the schema of a PATCH is written by hand.
    "COMPONENT_SPLIT_PATCH": False,
    # Enums that several serializers share under one field name, each with a name of its own.
    "ENUM_NAME_OVERRIDES": {
        "PlanStatus": "treatments.enums.PlanStatus",
        "AppointmentStatus": "appointments.enums.AppointmentStatus",
        "ReminderStatus": "reminders.enums.ReminderStatus",
        "ContactKind": "patients.enums.ContactKind",
        "EventKind": "patients.enums.EventKind",
        "ConsentKind": "patients.enums.ConsentKind",
        "ConsentEnd": "patients.enums.ConsentEnd",
        "Information": "patients.enums.Information",
        "Purpose": "patients.enums.Purpose",
        "DischargeReason": "patients.enums.DischargeReason",
        "MissReason": "appointments.enums.MissReason",
        "AwayReason": "appointments.enums.AwayReason",
        "VisitMode": "appointments.enums.VisitMode",
        "Weekday": "appointments.enums.Weekday",
        "GroupStatus": "appointments.enums.GroupStatus",
        "WaitlistStatus": "appointments.enums.WaitlistStatus",
        "OfferStatus": "appointments.enums.OfferStatus",
        "ClinicalPriority": "appointments.enums.ClinicalPriority",
        "Role": "access.enums.Role",
        "UseFrequency": "patients.enums.UseFrequency",
        "Frequency": "treatments.enums.Frequency",
        "FollowUpOutcome": "reminders.enums.FollowUpOutcome",
        "FollowUpReason": "reminders.enums.FollowUpReason",
        "TextKind": "reminders.enums.TemplateKind",
        "Language": "reminders.enums.Language",
        "DoseOutcome": "dispensary.enums.DoseOutcome",
        "CallBackOutcome": "dispensary.enums.CallBackOutcome",
        "Product": "treatments.enums.Product",
        "NaloxoneProduct": "dispensary.enums.NaloxoneProduct",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "clinic.logging_redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "filters": {"not_the_probe": {"()": "clinic.logging_redaction.SkipHealthChecks"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django would mail whole error pages to ADMINS, including what was typed.
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"filters": ["not_the_probe"]},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}

UNFOLD = {
    "SITE_TITLE": "Mainstay",
    "SITE_HEADER": "Mainstay",
    "SITE_SUBHEADER": "Clinical records",
    "SITE_URL": "/",
    "ENVIRONMENT": "clinic.admin_site.environment",
    "SITE_SYMBOL": "health_and_safety",
    # The same cover over an unused screen as on our own pages.
    "STYLES": ["clinic.admin_site.idle_style"],
    "SCRIPTS": ["clinic.admin_site.idle_script"],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    # The dashboard's green, light to dark.
    "COLORS": {
        "primary": {
            "50": "#eef7f6",
            "100": "#d5ebe9",
            "200": "#addad6",
            "300": "#7bc2bc",
            "400": "#46a39c",
            "500": "#24857f",
            "600": "#0b625d",
            "700": "#0a524e",
            "800": "#084340",
            "900": "#073633",
            "950": "#031f1e",
        }
    },
}
