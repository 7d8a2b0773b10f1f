"""Settings of an API that keeps no sessions and renders no pages."""

import os
import secrets

DEBUG = False
ALLOWED_HOSTS = ["*"]
SECRET_KEY = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(48)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
USE_TZ = True

INSTALLED_APPS = ["api"]
MIDDLEWARE = ["api.middleware.request_ids"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 100 * 1024
