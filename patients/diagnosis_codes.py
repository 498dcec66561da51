"""ICD-10-CM codes for diagnoses: the opioid codes F11.*, and common other diagnoses.

Z79.891 is left out on purpose: it must not be used for medication that treats opioid use disorder
(ICD-10-CM tabular, Excludes1 note).
"""

from collections.abc import Mapping

OPIOID: Mapping[str, str] = {
    "F11.10": "Opioid abuse, uncomplicated (DSM-5 mild)",
    "F11.11": "Opioid abuse, in remission",
    "F11.13": "Opioid abuse with withdrawal",
    "F11.20": "Opioid dependence, uncomplicated (DSM-5 moderate or severe)",
    "F11.21": "Opioid dependence, in remission",
    "F11.220": "Opioid dependence with intoxication, uncomplicated",
    "F11.221": "Opioid dependence with intoxication delirium",
    "F11.222": "Opioid dependence with intoxication with perceptual disturbance",
    "F11.229": "Opioid dependence with intoxication, unspecified",
    "F11.23": "Opioid dependence with withdrawal",
    "F11.24": "Opioid dependence with opioid-induced mood disorder",
    "F11.250": "Opioid dependence with opioid-induced psychotic disorder with delusions",
    "F11.251": "Opioid dependence with opioid-induced psychotic disorder with hallucinations",
    "F11.259": "Opioid dependence with opioid-induced psychotic disorder, unspecified",
    "F11.281": "Opioid dependence with opioid-induced sexual dysfunction",
    "F11.282": "Opioid dependence with opioid-induced sleep disorder",
    "F11.288": "Opioid dependence with other opioid-induced disorder",
    "F11.29": "Opioid dependence with unspecified opioid-induced disorder",
    "F11.90": "Opioid use, unspecified, uncomplicated",
    "F11.93": "Opioid use, unspecified with withdrawal",
}

COMPANIONS: Mapping[str, str] = {
    "F10.10": "Alcohol abuse, uncomplicated",
    "F10.20": "Alcohol dependence, uncomplicated",
    "F12.20": "Cannabis dependence, uncomplicated",
    "F13.20": "Sedative, hypnotic or anxiolytic dependence, uncomplicated",
    "F14.20": "Cocaine dependence, uncomplicated",
    "F15.20": "Other stimulant dependence, uncomplicated",
    "F17.210": "Nicotine dependence, cigarettes, uncomplicated",
    "F19.20": "Other psychoactive substance dependence, uncomplicated",
    "B18.2": "Chronic viral hepatitis C",
    "B20": "HIV disease",
    "Z21": "Asymptomatic HIV infection status",
    "Z59.00": "Homelessness, unspecified",
}

CODES: Mapping[str, str] = {**OPIOID, **COMPANIONS}
