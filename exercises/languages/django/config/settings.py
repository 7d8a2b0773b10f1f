"""Settings of an API that keeps no sessions and renders no pages."""

import os
import secrets

DEBUG = False
ALLOWED_HOSTS = ["*"]  # it listens on 127.0.0.1 alone
SECRET_KEY = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(48)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"

INSTALLED_APPS = ["api"]
MIDDLEWARE = ["api.errors.json_errors"]

# What the exercise's README allows is checked in views; this is the end of all patience.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
