install_packages() {
  for _ in 1 2 3 4 5; do
    if dnf install -y "$@"; then return 0; fi
    sleep 10
  done
  return 1
}

wait_until_healthy() {
  curl --fail --silent --show-error --output /dev/null \
    --retry 60 --retry-delay 2 --retry-all-errors --max-time 5 "http://127.0.0.1:$PORT$HEALTH_PATH"
}
