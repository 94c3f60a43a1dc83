install_packages tomcat10 java-21-amazon-corretto-headless

# An instance of our own beside the package's: the package's is shared configuration.
home=$(rpm -ql tomcat10 | sed -n 's|/bin/bootstrap\.jar$||p')
if [[ -z $home ]]; then
  printf 'The package tomcat10 has no bin/bootstrap.jar, which starts Tomcat.\n' >&2
  exit 1
fi
install -d -m 0755 /srv/app/conf /srv/app/webapps/ROOT
install -d -m 0750 -o app -g app /srv/app/var /srv/app/var/temp /srv/app/var/work
install -m 0644 "$home/conf/web.xml" /srv/app/conf/web.xml
cat >/srv/app/conf/server.xml <<XML
<?xml version="1.0" encoding="UTF-8"?>
<Server port="-1">
  <Service name="app">
    <Connector port="$PORT" protocol="HTTP/1.1" connectionTimeout="20000" keepAliveTimeout="75000" />
    <Engine name="app" defaultHost="localhost">
      <Valve className="org.apache.catalina.valves.HealthCheckValve" path="$HEALTH_PATH" />
      <Valve className="org.apache.catalina.valves.RemoteIpValve" protocolHeader="x-forwarded-proto" />
      <Host name="localhost" appBase="webapps" workDir="var/work" autoDeploy="false" createDirs="false" unpackWARs="false">
        <Valve className="org.apache.catalina.valves.ErrorReportValve" showReport="false" showServerInfo="false" />
      </Host>
    </Engine>
  </Service>
</Server>
XML
if [[ -n $WAR ]]; then
  aws s3 cp "$WAR" /tmp/app.war
  python3 -m zipfile -e /tmp/app.war /srv/app/webapps/ROOT
  rm /tmp/app.war
else
  printf '%s' "$PAGE" >/srv/app/webapps/ROOT/index.jsp
fi
write_start_script "/usr/bin/java -XX:MaxRAMPercentage=70 -Djava.awt.headless=true \
-Djava.io.tmpdir=/srv/app/var/temp -Dcatalina.home=$home -Dcatalina.base=/srv/app \
-cp $home/bin/bootstrap.jar:$home/bin/tomcat-juli.jar org.apache.catalina.startup.Bootstrap start"
start_service
wait_until_healthy
