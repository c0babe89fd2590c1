"""What the study with every kind of question says for its plain-language summary, in five languages:
all of it, but who paid (in Japanese alone) and where it is registered (nowhere).
"""

SUMMARY = """\
summary:
  why:
    en: "We asked whether defence cells of people with lasting pain react more strongly."
    de: "Wir fragten, ob Abwehrzellen von Menschen mit dauernden Schmerzen stärker reagieren."
    fr: "Nous voulions savoir si les cellules de défense réagissent plus fort en cas de douleur durable."
    es: "Preguntamos si las células de defensa reaccionan más en personas con dolor persistente."
    ja: "痛みが長く続く人では、体を守る細胞がより強く反応するのかを調べました。"
  chosen:
    en: "All of them came to one clinic. Nobody under 18 could take part."
    de: "Alle kamen in eine einzige Klinik. Wer jünger als 18 war, konnte nicht teilnehmen."
    fr: "Tous sont venus dans une seule clinique. Il fallait avoir au moins 18 ans."
    es: "Todas acudieron a una sola clínica. Había que tener al menos 18 años."
    ja: "全員が一つの病院に来た人です。18歳未満の人は参加できませんでした。"
  part_by_people:
    en: "Three patients read the plan of the study."
    de: "Drei Menschen mit der Krankheit haben den Plan der Studie gelesen."
    fr: "Trois malades ont lu le plan de l’étude."
    es: "Tres pacientes leyeron el plan del estudio."
    ja: "三人の患者さんが研究計画を読みました。"
  next:
    en: "The cells of more people are to be looked at."
    de: "Als Nächstes werden Zellen von mehr Menschen untersucht."
    fr: "Les cellules d’autres personnes seront étudiées."
    es: "Se estudiarán las células de más personas."
    ja: "次は、より多くの人の細胞を調べます。"
  contact:
    en: "Dr. Example, clinic of nowhere, example@example.org"
    de: "Dr. Beispiel, Klinik von nirgendwo, example@example.org"
    fr: "Dr Exemple, clinique de nulle part, example@example.org"
    es: "Dra. Ejemplo, clínica de ninguna parte, example@example.org"
    ja: "例病院 例医師 example@example.org"
  paid_by: {ja: 架空の財団}
  interests:
    en: "none"
    de: "keine"
    fr: "aucun"
    es: "ninguno"
    ja: "なし"
  place_and_time:
    en: "nowhere, in 2026"
    de: "nirgendwo, im Jahr 2026"
    fr: "nulle part, en 2026"
    es: "en ninguna parte, en 2026"
    ja: "架空の場所、2026年"
  harm:
    en: "two people had a bruise from the needle"
    de: "zwei Menschen hatten von der Nadel einen blauen Fleck"
    fr: "deux personnes ont eu un bleu à cause de l’aiguille"
    es: "dos personas tuvieron un moretón por la aguja"
    ja: "二人に採血の針によるあざができました"
  ethics:
    en: "the committee of nowhere, number 1"
    de: "Kommission von nirgendwo, Nummer 1"
    fr: "comité de nulle part, numéro 1"
    es: "comité de ninguna parte, número 1"
    ja: "架空の倫理委員会、番号1"
  words:
    - id: FM
      name:
        en: people with fibromyalgia
        de: Menschen mit Fibromyalgie
        fr: personnes avec fibromyalgie
        es: personas con fibromialgia
        ja: 線維筋痛症の人
    - id: HC
      name: {en: healthy people, de: gesunde Menschen, fr: personnes saines, es: personas sanas, ja: 健康な人}
    - id: iMG
      name:
        en: microglia-like cells
        de: mikrogliaähnliche Zellen
        fr: cellules semblables à la microglie
        es: células parecidas a la microglía
        ja: ミクログリアに似た細胞
      meaning:
        en: "Microglia-like cells are grown from blood and resemble the defence cells of the brain."
        de: "Mikrogliaähnliche Zellen werden aus Blut gezüchtet und ähneln den Abwehrzellen des Gehirns."
        fr: "Ces cellules sont cultivées à partir de sang et ressemblent aux cellules de défense du cerveau."
        es: "Estas células se cultivan a partir de sangre y se parecen a las células de defensa del cerebro."
        ja: "血液から育てた細胞で、脳を守る細胞に似ています。"
    - id: MDM
      name: {en: macrophages, de: Fresszellen, fr: macrophages, es: macrófagos, ja: マクロファージ}
      meaning:
        en: "Macrophages are defence cells that eat germs and waste."
        de: "Fresszellen sind Abwehrzellen, die Keime und Abfall fressen."
        fr: "Les macrophages sont des cellules de défense qui mangent les microbes et les déchets."
        es: "Los macrófagos son células de defensa que comen gérmenes y desechos."
        ja: "マクロファージは、ばい菌や不要なものを食べて体を守る細胞です。"
    - id: ATP_A438079
      name:
        en: ATP with a blocker
        de: ATP mit einem Blocker
        fr: ATP avec un bloqueur
        es: ATP con un bloqueador
        ja: ATPと遮断薬
      meaning:
        en: "The blocker closes the door through which cells notice ATP."
        de: "Der Blocker schließt die Tür, durch die Zellen ATP bemerken."
        fr: "Le bloqueur ferme la porte par laquelle les cellules perçoivent l’ATP."
        es: "El bloqueador cierra la puerta por la que las células notan el ATP."
        ja: "遮断薬は、細胞がATPを感じる入り口をふさぎます。"
    - id: VAS
      name: {en: pain, de: Schmerz, fr: douleur, es: dolor, ja: 痛み}
      meaning:
        en: "Pain is a score from 0 to 100 of how strong the pain is."
        de: "Schmerz ist ein Wert von 0 bis 100 dafür, wie stark die Schmerzen sind."
        fr: "La douleur est un score de 0 à 100 pour sa force."
        es: "El dolor es una puntuación de 0 a 100 de su fuerza."
        ja: "痛みは、その強さを0から100で表した点数です。"
    - id: pregabalin
      name: {en: pregabalin, de: Pregabalin, fr: prégabaline, es: pregabalina, ja: プレガバリン}
      meaning:
        en: "Pregabalin is a medicine for pain of the nerves."
        de: "Pregabalin ist ein Mittel bei Schmerzen der Nerven."
        fr: "La prégabaline est un médicament pour la douleur des nerfs."
        es: "La pregabalina es un medicamento para el dolor de los nervios."
        ja: "プレガバリンは、神経の痛みのための薬です。"
"""
