"""How staff get in: passwords, second factors, sessions and what their browsers keep.

No variable changes these. docs/security.md says what they hold against.
"""

from datetime import timedelta

LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "verification.access.passwords.NoWordOfTheDesk"},
]

# A session ends after this long without a click, with the browser, and however busy it is after twelve hours.
SESSION_ENGINE = "verification.access.sessions"
SESSION_COOKIE_AGE = 30 * 60
SESSION_LONGEST = timedelta(hours=12)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_AGE = None
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
# The switch of language and the mark of a known browser: for the desk alone.
LANGUAGE_COOKIE_PATH = KNOWN_BROWSER_COOKIE_PATH = "/admin/"
KNOWN_BROWSER_COOKIE_NAME = "known-browser"

# Second factors are allauth's; signing up, mail, and whatever reads an address are off.
ACCOUNT_ADAPTER = "verification.access.factors.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_METHODS = ("password",)
MFA_ADAPTER = "verification.access.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = False
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 12
