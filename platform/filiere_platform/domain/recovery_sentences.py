"""What a closed instance, a restore and a recovery have to say, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

INSTANCE_RECOVERING = Sentence(
    "instance-recovering",
    "L'instance retrouve les enregistrements {start} à {stop} après un incident et n'accepte rien de nouveau. Gardez"
    " vos enregistrements et renvoyez-les plus tard ; « filiere-connect run » rend de lui-même ceux qui manquent.",
    "The instance is recovering records {start} to {stop} after an incident and takes nothing new. Keep your records"
    " and send them later; “filiere-connect run” gives back by itself those that are missing.",
)
INSTANCE_SCRATCH = Sentence(
    "instance-scratch",
    "Cette instance est une copie de travail : elle ne stocke, ne signe et ne livre rien. Envoyez à l'instance"
    " véritable.",
    "This instance is a scratch copy: it stores, signs and delivers nothing. Send to the real instance.",
)
