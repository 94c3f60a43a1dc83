<%@ page contentType="application/json" session="false" %>{"host": "<%= java.net.InetAddress.getLocalHost().getHostName() %>"}
