# Limner in a container: `docker build -t limner .`, then any verb of bot.py (`run` unless another is given).
# compose.yaml has the scaled-out form, docs/operating.md says what both need.

FROM python:3.12-slim-bookworm AS build
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin limner \
    && install --directory --owner=limner --group=limner --mode=0700 /data
COPY --from=build /venv /venv
WORKDIR /app
COPY bot.py face_features.json ./
COPY cli ./cli
COPY cogs ./cogs
COPY db ./db
COPY playground ./playground
COPY services ./services
RUN /venv/bin/python -m compileall -q .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LIMNER_DATA=/data \
    LIMNER_HOST=0.0.0.0
USER limner
VOLUME /data
EXPOSE 8480
HEALTHCHECK --start-period=60s --interval=15s --timeout=6s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8480/healthz', timeout=5)"]
ENTRYPOINT ["python", "bot.py"]
CMD ["run"]
