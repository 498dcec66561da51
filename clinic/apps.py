from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        # The checks are registered by this import; it needs the apps' models.
        from clinic import checks  # noqa: F401, PLC0415


class ClinicAdminConfig(AdminConfig):
    """Django's admin with the clinic's admin site."""

    default = False
    default_site = "clinic.admin_site.ClinicAdminSite"
