useradd --system --no-create-home --shell /sbin/nologin app
install -d -m 0755 /srv/app

# The start script holds the environment, so only the service may read it.
write_start_script() {
  {
    printf '#!/bin/bash\n'
    printf 'export PORT=%q HEALTH_PATH=%q\n' "$PORT" "$HEALTH_PATH"
    for name in "${!ENVIRONMENT[@]}"; do
      printf 'export %s=%q\n' "$name" "${ENVIRONMENT[$name]}"
    done
    printf 'exec %s\n' "$1"
  } >/srv/app/start
  chown root:app /srv/app/start
  chmod 0750 /srv/app/start
}

start_service() {
  cat >/etc/systemd/system/app.service <<'UNIT'
[Unit]
Description=The application
After=network-online.target
Wants=network-online.target

[Service]
User=app
Group=app
WorkingDirectory=/srv/app
ExecStart=/srv/app/start
Restart=always
RestartSec=2
TimeoutStopSec=60
SuccessExitStatus=143
CapabilityBoundingSet=
LockPersonality=true
NoNewPrivileges=true
PrivateDevices=true
PrivateTmp=true
ProtectControlGroups=true
ProtectHome=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectSystem=strict
ReadWritePaths=-/srv/app/var
RestrictSUIDSGID=true

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable app
  systemctl restart app
}
