# One image for web, worker, beat and migrations. Pinned by version; whoever can reach a registry
# should pin the digest as well (docker buildx imagetools inspect python:3.11.14-slim-bookworm).
FROM python:3.11.14-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    MAINSTAY_MODE=production

WORKDIR /app
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin mainstay

# Before the code, so that a change of code does not install everything again.
COPY requirements-production.lock ./
RUN pip install --require-hashes -r requirements-production.lock

COPY . .
# Addresses that nobody contacts: manage.py must not look for servers of its own while building.
RUN DATABASE_URL=postgres://build@localhost/build REDIS_URL=redis://localhost:6379/0 \
    python manage.py collectstatic --no-input

USER mainstay
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--no-ws", "clinic.wsgi:application"]
