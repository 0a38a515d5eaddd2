FROM python:3.13-slim
RUN useradd --create-home mentorship
WORKDIR /app
COPY requirements.lock pyproject.toml hatch_build.py README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY migrations migrations
COPY moodle_mentorship moodle_mentorship
RUN pip install --no-cache-dir --no-deps .
USER mentorship
WORKDIR /home/mentorship
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["mentorship", "serve", "--host", "0.0.0.0"]
