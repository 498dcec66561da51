from django.apps import AppConfig


class DispensaryConfig(AppConfig):
    name = "dispensary"
    verbose_name = "Dispensary"
