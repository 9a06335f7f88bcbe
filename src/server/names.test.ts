import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { ownNamesOf } from './names.ts';

// openssl req -x509 -subj "/O=Linnet/CN=linnet.lan"
//   -addext "subjectAltName=DNS:ml.example.com,DNS:*.other.example,IP:127.0.0.1"
const certificate = `-----BEGIN CERTIFICATE-----
MIIB1jCCAXugAwIBAgIUKGhMbjJ2cKW4GnAYl09G0uSZ5dowCgYIKoZIzj0EAwIw
JjEPMA0GA1UECgwGTGlubmV0MRMwEQYDVQQDDApsaW5uZXQubGFuMB4XDTI2MTEz
MDExNTExNFoXDTM2MTEyNzExNTExNFowJjEPMA0GA1UECgwGTGlubmV0MRMwEQYD
VQQDDApsaW5uZXQubGFuMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGRwa37YA
6rtW/PRQMrvdEBPwc2oNCXxVDeZHFknfLbTOJ/1N/CDLqloGSCOJ8IvJpuEn2WBz
ZenC+eMxmyreb6OBhjCBgzAdBgNVHQ4EFgQUQOswwFJOpQruT2uF4RJ/5SpGn5Qw
HwYDVR0jBBgwFoAUQOswwFJOpQruT2uF4RJ/5SpGn5QwDwYDVR0TAQH/BAUwAwEB
/zAwBgNVHREEKTAngg5tbC5leGFtcGxlLmNvbYIPKi5vdGhlci5leGFtcGxlhwR/
AAABMAoGCCqGSM49BAMCA0kAMEYCIQCndSwvHPegCwgSQoCm7DEr/RzuMz53AfaC
a8u0GMO8UgIhAIwIxnpobzumlFJcdlO3vR+OsGe0cup9OjjiK+kvTVJX
-----END CERTIFICATE-----`;

test('A server knows the names it is told, listens on, and is certified for', () => {
  const names = ownNamesOf(
    { domains: ['Data.example.com'], host: 'linnet.internal' },
    new X509Certificate(certificate),
  );
  assert.deepEqual(
    names.filter((name) => name !== hostname().toLowerCase()),
    ['localhost', 'data.example.com', 'linnet.internal', 'ml.example.com', 'linnet.lan'],
  );
  assert.deepEqual(
    ownNamesOf({ domains: [], host: '0.0.0.0' }, undefined).filter((name) => name !== hostname().toLowerCase()),
    ['localhost'],
  );
});
