"""Forms of message templates."""

from __future__ import annotations

from django import forms

from reminders.enums import Channel, Language, TemplateKind


class WhichTextForm(forms.Form):
    """Which template: in the URL and in every POST."""

    kind = forms.ChoiceField(choices=TemplateKind.choices, widget=forms.HiddenInput())
    language = forms.ChoiceField(choices=Language.choices, widget=forms.HiddenInput())
    channel = forms.ChoiceField(choices=Channel.choices, widget=forms.HiddenInput())

    def clean_kind(self) -> TemplateKind:
        return TemplateKind(self.cleaned_data["kind"])

    def clean_language(self) -> Language:
        return Language(self.cleaned_data["language"])

    def clean_channel(self) -> Channel:
        return Channel(self.cleaned_data["channel"])


class MessageTextForm(WhichTextForm):
    text = forms.CharField(
        label="Text",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Leave empty to use the default text. The clinic's name and number are added automatically.",
    )
