install_packages httpd

install -d -m 0755 /srv/health
printf 'ok\n' >/srv/health/ok
health_pattern="^${HEALTH_PATH//./\\.}\$"

# Without reuse, each connection looks the name up: a load balancer's addresses change.
# For https the upstream's own name is sent as Host: it is also the name that TLS asks for
# and that the certificate is checked against.
proxy=
if [[ -n $UPSTREAM ]]; then
  preserve_host=On
  if [[ $UPSTREAM == https:* ]]; then preserve_host=Off; fi
  proxy="ProxyPreserveHost $preserve_host
ProxyPassMatch \"$health_pattern\" \"!\"
ProxyPass \"/\" \"$UPSTREAM/\" connectiontimeout=5 disablereuse=on
ProxyPassReverse \"/\" \"$UPSTREAM/\""
  if [[ $UPSTREAM == https:* ]]; then
    install_packages mod_ssl
    rm -f /etc/httpd/conf.d/ssl.conf
    proxy="SSLProxyEngine On
SSLProxyVerify require
SSLProxyCACertificateFile /etc/pki/tls/certs/ca-bundle.crt
$proxy"
  fi
fi

cat >/etc/httpd/conf/httpd.conf <<CONF
ServerRoot "/etc/httpd"
Include conf.modules.d/*.conf
User apache
Group apache
ServerName localhost
ServerTokens Prod
ServerSignature Off
TraceEnable Off
# Longer than a load balancer keeps an idle connection, so that it never meets a closed one.
KeepAliveTimeout 75
MaxKeepAliveRequests 0
Listen $PORT
TypesConfig /etc/mime.types
ErrorLog "/var/log/httpd/error_log"
LogLevel warn
SetEnvIf Request_URI "$health_pattern" health
CustomLog "/var/log/httpd/access_log" "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" env=!health
<Directory />
  AllowOverride None
  Require all denied
</Directory>
DocumentRoot "/srv/www"
<Directory "/srv/www">
  Require all granted
</Directory>
DirectoryIndex index.html
<Directory "/srv/health">
  ForceType text/plain
  Require all granted
</Directory>
AliasMatch "$health_pattern" "/srv/health/ok"
$proxy
CONF
httpd -t
keep_running httpd
wait_until_healthy
