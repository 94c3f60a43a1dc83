#!/bin/bash
# Makes this Amazon Linux 2023 machine a NAT router for its VPC: it forwards packets
# and gives those that leave its own address. The security group decides whose.
set -euo pipefail

cat > /etc/sysctl.d/90-nat.conf <<'SYSCTL'
net.ipv4.ip_forward = 1
net.ipv4.conf.all.send_redirects = 0
net.ipv4.conf.default.send_redirects = 0
SYSCTL
sysctl --load /etc/sysctl.d/90-nat.conf

# dnf outgrows the 512 MB of the smallest machines. The agent only takes memory, as there
# is no role for it to register with; the swap file is for what follows here, and need not
# outlast a restart.
systemctl disable --now amazon-ssm-agent.service || true
swap=/var/swapfile
if [[ $(swapon --show=NAME --noheadings) != *"${swap}"* ]]; then
  install --mode=600 /dev/null "${swap}"
  dd if=/dev/zero of="${swap}" bs=1M count=512
  mkswap "${swap}"
  swapon "${swap}"
fi

# The first minute may pass before this subnet has its route to the internet.
for _ in $(seq 60); do
  if dnf install --assumeyes nftables; then
    break
  fi
  sleep 5
done

interface=$(ip -4 -oneline route show default | awk '{print $5; exit}')
cat > /etc/sysconfig/nftables.conf <<NFTABLES
flush ruleset
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "${interface}" masquerade
  }
}
NFTABLES
systemctl enable --now nftables.service
